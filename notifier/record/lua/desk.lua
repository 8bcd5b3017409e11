-- Replay or discard dead letters. Keys: see plan.lua.
-- ARGV: verb (replay|discard) retention(ms) then pairs of id and how much time it has from now (ms).
-- What is sent again goes to the provider it was planned for.
-- Returns for each: 1 done, 0 not on the desk (any more), 2 nothing to send again: it was never composed.
local P, verb, retention = KEYS[1], ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {}
for i = 3, #ARGV, 2 do
  local id = ARGV[i]
  local delivery = P .. 'delivery:' .. id
  local row = redis.call('HMGET', delivery, 'channel', 'message', 'name')
  if redis.call('ZSCORE', P .. 'desk', id) == false or not row[1] then
    answer[#answer + 1] = 0
  elseif verb == 'replay' and (row[2] or '') == '' then
    answer[#answer + 1] = 2
  else
    redis.call('ZREM', P .. 'desk', id)
    if verb == 'replay' then
      local provider = row[1] .. ':' .. row[3]
      redis.call('HSET', delivery, 'state', 'retry', 'attempts', 0, 'lost', 0, 'provider', provider,
        'deadline', now + tonumber(ARGV[i + 1]))
      redis.call('HINCRBY', delivery, 'replays', 1)
      redis.call('ZADD', P .. 'due:' .. provider, now, id)
    else
      redis.call('HSET', delivery, 'state', 'discarded')
      finish(P, delivery, retention)
    end
    answer[#answer + 1] = 1
  end
end
return answer
