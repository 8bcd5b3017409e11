-- How much waits where. Keys: see plan.lua.  ARGV: pairs of a provider and its rates (see rate.lua), for those that have some.
-- Returns {now, desk, deferred events, of the desk: held back by the flood guard, rows of provider state due waiting leased resume_at accepted deferred rejected throttled
--   misconfigured unsure failures permit_at why}; permit_at: none may be sent before (ms; 0: some may now); due = may be tried now, waiting = later.
local P = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local rates = {}
for i = 1, #ARGV, 2 do rates[ARGV[i]] = ARGV[i + 1] end
local answer = {now, redis.call('ZCARD', P .. 'desk'),
  redis.call('ZCARD', P .. 'deferred'), redis.call('ZCARD', P .. 'flood')}
for _, provider in ipairs(redis.call('SMEMBERS', P .. 'providers')) do
  local all = redis.call('ZCARD', P .. 'due:' .. provider)
  local due = redis.call('ZCOUNT', P .. 'due:' .. provider, '-inf', now)
  local h = redis.call('HMGET', P .. 'provider:' .. provider, 'resume_at', 'accepted', 'deferred', 'rejected',
    'throttled', 'misconfigured', 'unsure', 'failures', 'why')
  local state = circuit(P, provider, now)
  local row = {provider, state, due, all - due, redis.call('ZCARD', P .. 'leased:' .. provider)}
  for i = 1, 8 do row[#row + 1] = tonumber(h[i] or '0') end
  local may, at = permits(P, provider, rates[provider] or '', exact(time))
  row[#row + 1] = may > 0 and 0 or math.ceil(at)
  row[#row + 1] = state == 'ok' and '' or (h[9] or '')
  answer[#answer + 1] = row
end
return answer
