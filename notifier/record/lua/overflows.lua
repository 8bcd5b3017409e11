-- Who is to be told that something was held back from them; and what was held back longer ago than the retention is given up.
-- Keys: see plan.lua and flood.lua.  ARGV: most retention(ms).  Returns rows of who:window envelope number count since until.
local P, most, retention = KEYS[1], ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

for _, id in ipairs(redis.call('ZRANGEBYSCORE', P .. 'flood', '-inf', now - retention, 'LIMIT', 0, most)) do
  redis.call('ZREM', P .. 'flood', id)
  local delivery = P .. 'delivery:' .. id
  local state, reason = unpack(redis.call('HMGET', delivery, 'state', 'reason'))
  -- What an operator has decided on since then is like any other.
  if state == 'held' and reason == 'recipient_limit' then
    redis.call('ZREM', P .. 'desk', id)
    redis.call('HSET', delivery, 'state', 'discarded')
    finish(P, delivery, retention)
  end
end

local answer = {}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', P .. 'held', '-inf', now, 'LIMIT', 0, most)) do
  answer[#answer + 1] = {member, unpack(redis.call('HMGET', P .. 'held:' .. member, 'envelope', 'number', 'count', 'since', 'until'))}
end
return answer
