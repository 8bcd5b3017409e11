-- Claim what is due at one provider, by lease. Keys: see plan.lua.
-- ARGV: provider limit lease(ms) token.  Returns {now, failures in a row, rows of
--   id event handler message created deadline expires on_unsure attempts}.
local P, provider, limit = KEYS[1], ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local health = redis.call('HMGET', P .. 'provider:' .. provider, 'failures', 'resume_at')
local answer = {now, tonumber(health[1] or '0')}
-- A provider that just failed as a whole is left alone for a moment.
if tonumber(health[2] or '0') > now then return answer end
local due = P .. 'due:' .. provider
for _, id in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, limit)) do
  redis.call('ZREM', due, id)
  local delivery = P .. 'delivery:' .. id
  local row = redis.call('HMGET', delivery, 'event', 'handler', 'message', 'created', 'deadline',
    'expires', 'on_unsure', 'attempts')
  if row[1] then
    redis.call('HSET', delivery, 'state', 'sending', 'lease', ARGV[4])
    redis.call('ZADD', P .. 'leased:' .. provider, now + tonumber(ARGV[3]), id)
    table.insert(row, 1, id)
    answer[#answer + 1] = row
  end
end
return answer
