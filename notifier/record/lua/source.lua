-- How an event is found by what its producer called it. Stands in front of the scripts that write events (plan, tell). Keys: see plan.lua.

-- Its key is made of its source and that id (`notifier.model.event_key`), so the sources are enough. A producer that
-- makes up new ones all the time doesn't fill Redis with them: then the id's set of keys tells.
local MOST = 1000

local function findable(P, key, id, source)
  if redis.call('SISMEMBER', P .. 'sources', source) == 1 then return end
  if redis.call('SCARD', P .. 'sources') < MOST then
    redis.call('SADD', P .. 'sources', source)
  else
    redis.call('SADD', P .. 'ids:' .. id, key)
    redis.call('PERSIST', P .. 'ids:' .. id)
  end
end
