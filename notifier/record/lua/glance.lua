-- How much waits where. Keys: see plan.lua.
-- Returns {now, desk, deferred events, rows of provider state due waiting leased resume_at accepted deferred rejected throttled
--   misconfigured unsure failures}; due = may be tried now, waiting = later.
local P = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {now, redis.call('ZCARD', P .. 'desk'),
  redis.call('ZCARD', P .. 'deferred')}
for _, provider in ipairs(redis.call('SMEMBERS', P .. 'providers')) do
  local all = redis.call('ZCARD', P .. 'due:' .. provider)
  local due = redis.call('ZCOUNT', P .. 'due:' .. provider, '-inf', now)
  local h = redis.call('HMGET', P .. 'provider:' .. provider, 'resume_at', 'accepted', 'deferred', 'rejected',
    'throttled', 'misconfigured', 'unsure', 'failures')
  local state = circuit(P, provider, now)
  local row = {provider, state, due, all - due, redis.call('ZCARD', P .. 'leased:' .. provider)}
  for i = 1, 8 do row[#row + 1] = tonumber(h[i] or '0') end
  answer[#answer + 1] = row
end
return answer
