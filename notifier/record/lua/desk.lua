-- Replay or discard dead letters. Keys: see plan.lua.
-- ARGV: verb (replay|discard) retention(ms) then pairs of id and new deadline(ms).
-- Returns for each: 1 done, 0 not on the desk (any more), 2 nothing to send again: it was never composed.
local P, verb, retention = KEYS[1], ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {}
for i = 3, #ARGV, 2 do
  local id = ARGV[i]
  local delivery = P .. 'delivery:' .. id
  local row = redis.call('HMGET', delivery, 'provider', 'message')
  if redis.call('ZSCORE', P .. 'desk', id) == false or not row[1] then
    answer[#answer + 1] = 0
  elseif verb == 'replay' and (row[2] or '') == '' then
    answer[#answer + 1] = 2
  else
    redis.call('ZREM', P .. 'desk', id)
    if verb == 'replay' then
      redis.call('HSET', delivery, 'state', 'retry', 'attempts', 0, 'lost', 0, 'deadline', ARGV[i + 1])
      redis.call('HINCRBY', delivery, 'replays', 1)
      redis.call('ZADD', P .. 'due:' .. row[1], now, id)
    else
      redis.call('HSET', delivery, 'state', 'discarded')
      finish(P, delivery, retention)
    end
    answer[#answer + 1] = 1
  end
end
return answer
