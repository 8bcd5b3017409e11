-- Prolong the leases of attempts that are still running. Keys: see plan.lua.
-- ARGV: provider token lease(ms) ids...  Returns how many are still the token's.
local P, provider = KEYS[1], ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = 0
for i = 4, #ARGV do
  if redis.call('HGET', P .. 'delivery:' .. ARGV[i], 'lease') == ARGV[2] then
    redis.call('ZADD', P .. 'leased:' .. provider, 'XX', now + tonumber(ARGV[3]), ARGV[i])
    held = held + 1
  end
end
return held
