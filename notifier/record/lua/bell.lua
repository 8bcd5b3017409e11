-- Which bells to ring: no more outstanding ones than wanted. Keys: see plan.lua.
-- ARGV: name wanted time-to-live(ms) fresh(ms; see claim.lua; 0: it is no provider's bell) rates(see rate.lua)
--   begins('1': the work of these begins at once, also in the place of bells whose work hasn't begun) candidate ids...
-- Returns the candidates to ring with.
local P = KEYS[1]
local bells = P .. 'bells:' .. ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', bells, '-inf', now)
local wanted, fresh = tonumber(ARGV[2]), tonumber(ARGV[4])
if fresh > 0 then
  local state, _, _, answered_at = circuit(P, ARGV[1], now)
  -- As claim.lua: whoever came would be sent away.
  if state == 'open' or state == 'throttled' then
    wanted = 0
  elseif answered_at + fresh <= now then
    wanted = under_way(P, ARGV[1], now) > 0 and 0 or math.min(wanted, 1)
  end
  if wanted > 0 and ARGV[5] ~= '' then wanted = math.min(wanted, (permits(P, ARGV[1], ARGV[5], exact(time)))) end
end
local room = wanted - redis.call('ZCARD', bells)
local answer, idle, mark = {}, {}, ''
if ARGV[6] == '1' then
  mark = AT_WORK
  for _, bell in ipairs(redis.call('ZRANGE', bells, 0, -1)) do
    if bell:sub(1, 1) ~= AT_WORK then idle[#idle + 1] = bell end
  end
end
for i = 7, #ARGV do
  if room <= 0 and #idle > 0 and redis.call('ZCARD', bells) <= wanted then
    redis.call('ZREM', bells, table.remove(idle))
    room = room + 1
  end
  if room <= 0 then break end
  redis.call('ZADD', bells, now + tonumber(ARGV[3]), mark .. ARGV[i])
  answer[#answer + 1] = ARGV[i]
  room = room - 1
end
return answer
