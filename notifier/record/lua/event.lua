-- How an event is written. Stands in front of the scripts that do (plan, tell). Keys: see plan.lua.

-- An event's key is made of its source and its producer's id (`notifier.model.event_key`): it is found by the sources, and
-- its source by its key. A producer that makes up new ones all the time doesn't fill Redis with them: then the event says its
-- source itself, and a key of the id leads to it.
local MOST = 1000

local function findable(P, key, id, source)
  if redis.call('SISMEMBER', P .. 'sources', source) == 1 then return true end
  if redis.call('SCARD', P .. 'sources') < MOST then return redis.call('SADD', P .. 'sources', source) == 1 end
  redis.call('SADD', P .. 'ids:' .. id, key)
  redis.call('PERSIST', P .. 'ids:' .. id)
  return false
end

-- What most events have takes no room: they are of position post, and their notes say no more than their deliveries do ('').
local function write_event(P, key, id, source, type_, position, moment, notes)
  local event = P .. 'event:' .. key
  local fields = {'id', id, 'type', type_, 'time', moment}
  local function add(name, value)
    fields[#fields + 1] = name
    fields[#fields + 1] = value
  end
  if not findable(P, key, id, source) then add('source', source) end
  if position ~= 'post' then add('position', position) end
  if notes ~= '' then add('notes', notes) else redis.call('HDEL', event, 'notes') end
  redis.call('HSET', event, unpack(fields))
end
