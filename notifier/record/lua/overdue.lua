-- Give up what is past its deadline while its provider isn't well: an attempt would, but hardly any is made. Keys: see plan.lua.
-- ARGV: most looked at per provider, detail.  Returns how many were given up.
local P, most, detail = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local given_up = 0
for _, provider in ipairs(redis.call('SMEMBERS', P .. 'providers')) do
  if circuit(P, provider, now) ~= 'ok' then
    local due = P .. 'due:' .. provider
    -- They may be anywhere in the queue, so each call looks at another part of it.
    local parts = math.max(math.ceil(redis.call('ZCOUNT', due, '-inf', now) / most), 1)
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', now % parts * most, most)) do
      local delivery = P .. 'delivery:' .. id
      local deadline, expires = unpack(redis.call('HMGET', delivery, 'deadline', 'expires'))
      if deadline and tonumber(deadline) <= now then
        redis.call('ZREM', due, id)
        too_late(delivery, now, expires == '1' and 'expired' or 'deadline_passed', detail)
        redis.call('HSET', delivery, 'state', expires == '1' and 'expired' or 'dead')
        redis.call('ZADD', P .. 'desk', now, id)
        given_up = given_up + 1
      end
    end
  end
end
return given_up
