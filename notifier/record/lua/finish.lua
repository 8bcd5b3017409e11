-- How things end. Stands in front of the scripts that end events and deliveries (plan, settle, desk, recompose).
-- Keys: see plan.lua.

-- All about an event is final: it is forgotten together after the retention, or a delivery that is forgotten before
-- its event could be planned and sent again.
local function forget(P, key, retention)
  local event = P .. 'event:' .. key
  local id, first = unpack(redis.call('HMGET', event, 'id', 'delivery'))
  local all = redis.call('LRANGE', event .. ':deliveries', 0, -1)
  all[#all + 1] = first or nil
  for _, other in ipairs(all) do
    redis.call('PEXPIRE', P .. 'delivery:' .. other, retention)
    redis.call('PEXPIRE', P .. 'attempts:' .. other, retention)
    redis.call('PEXPIRE', P .. 'receipts:' .. other, retention)
  end
  redis.call('PEXPIRE', event, retention)
  redis.call('PEXPIRE', event .. ':deliveries', retention)
  redis.call('PEXPIRE', event .. ':stands', retention)
  redis.call('UNLINK', event .. ':members')
  id = id or ''
  -- Another source's event of this id that isn't final yet is to be found by it for longer.
  for _, other in ipairs(redis.call('SMEMBERS', P .. 'ids:' .. id)) do
    if other ~= key and redis.call('PTTL', P .. 'event:' .. other) == -1 then return end
  end
  redis.call('PEXPIRE', P .. 'ids:' .. id, retention)
end

-- A delivery is final: its text goes at once.
local function finish(P, delivery, retention)
  redis.call('HDEL', delivery, 'message')
  local key = redis.call('HGET', delivery, 'event')
  local event = P .. 'event:' .. key
  if redis.call('EXISTS', event) == 1 and redis.call('HINCRBY', event, 'open', -1) <= 0
      and redis.call('HEXISTS', event, 'planned') == 1 then
    forget(P, key, retention)
  end
end
