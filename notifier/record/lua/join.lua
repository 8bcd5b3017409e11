-- Join receipts to their deliveries. Keys: see plan.lua.
-- ARGV: early(ms), then for each: message, receipt (JSON without "at", "part" and the brace in front).
-- Returns for each the delivery's id, or '' where no delivery is known by it (yet).
local P = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {}
for i = 2, #ARGV, 2 do
  local message, rest = ARGV[i], ARGV[i + 1]
  local named = redis.call('GET', P .. 'message:' .. message)
  local part, id = string.match(named or '', '^(%d+) (.+)$')
  if id and redis.call('EXISTS', P .. 'delivery:' .. id) == 1 then
    note_receipt(P, id, part, rest, now)
  else
    local early = P .. 'early:' .. message
    id = ''
    if redis.call('LPOS', early, rest) == false then
      redis.call('RPUSH', early, rest)
      redis.call('LTRIM', early, -20, -1)
    end
    redis.call('PEXPIRE', early, ARGV[1])
  end
  answer[#answer + 1] = id
end
return answer
