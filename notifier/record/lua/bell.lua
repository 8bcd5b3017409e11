-- Which bells to ring: no more outstanding ones than wanted. Keys: see plan.lua.
-- ARGV: name wanted time-to-live(ms) candidate ids...  Returns the candidates to ring with.
local P = KEYS[1]
local bells = P .. 'bells:' .. ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', bells, '-inf', now)
local wanted = tonumber(ARGV[2])
-- A provider that fails gets one worker to look whether it is back, so that the others keep theirs.
if redis.call('HEXISTS', P .. 'provider:' .. ARGV[1], 'failures') == 1 then wanted = math.min(wanted, 1) end
local room = wanted - redis.call('ZCARD', bells)
local answer = {}
for i = 4, #ARGV do
  if room <= 0 then break end
  redis.call('ZADD', bells, now + tonumber(ARGV[3]), ARGV[i])
  answer[#answer + 1] = ARGV[i]
  room = room - 1
end
return answer
