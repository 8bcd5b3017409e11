-- Take back what workers left behind: leases that ended without a settlement. Keys: see plan.lua.
-- Nobody knows whether such a message went out: the attempt is recorded as unsure, and on_unsure decides.
-- ARGV: most deliveries per provider, losses after which a delivery is dead.  Returns how many were taken back.
local P, most, limit = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local taken = 0
for _, provider in ipairs(redis.call('SMEMBERS', P .. 'providers')) do
  local leased = P .. 'leased:' .. provider
  local name = provider:match(':(.*)')
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', leased, '-inf', now, 'LIMIT', 0, most)) do
    redis.call('ZREM', leased, id)
    local delivery = P .. 'delivery:' .. id
    if redis.call('HDEL', delivery, 'lease') == 1 then
      tried(P, delivery, id, now, cjson.encode({
        outcome = 'unsure', reason = 'worker_lost', provider = name,
        detail = 'the worker ended during the attempt'}):sub(2))
      redis.call('HINCRBY', P .. 'provider:' .. provider, 'unsure', 1)
      redis.call('HSETNX', delivery, 'first', now)
      redis.call('HINCRBY', delivery, 'attempts', 1)
      redis.call('HINCRBY', delivery, 'tries', 1)
      local state = 'retry'
      if redis.call('HGET', delivery, 'on_unsure') == 'hold' then
        state = 'held'
      elseif redis.call('HINCRBY', delivery, 'lost', 1) >= limit then
        state = 'dead'
      end
      redis.call('HSET', delivery, 'state', state, 'last', now, 'reason', 'worker_lost',
        'detail', 'the worker ended during the attempt')
      if state == 'retry' then
        redis.call('ZADD', P .. 'due:' .. provider, now, id)
      else
        redis.call('ZADD', P .. 'desk', now, id)
      end
      taken = taken + 1
    end
  end
end
return taken
