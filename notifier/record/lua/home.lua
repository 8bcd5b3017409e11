-- Whom a delivery was planned for. Stands in front of the scripts that send it there (settle, divert, desk). Keys: see plan.lua.
local function home_of(delivery)
  local row = redis.call('HMGET', delivery, 'home', 'provider', 'channel', 'name')
  -- Earlier versions wrote it as channel and name.
  if not row[1] and row[3] and row[4] then return row[3] .. ':' .. row[4] end
  return row[1] or row[2]
end

-- From now on it queues for another one.
local function send_to(delivery, to)
  redis.call('HSETNX', delivery, 'home', home_of(delivery))
  redis.call('HSET', delivery, 'provider', to)
end
