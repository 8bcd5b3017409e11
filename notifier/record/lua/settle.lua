-- Settle a batch of attempts at one provider. Keys: see plan.lua.
-- ARGV: provider token retention(ms) pause(ms; 0 = healthy again, -1 = leave as it is) count, then for each:
--   id state due(ms, for retry and queued) counted outcome reason detail attempt(JSON without "at", '' = no attempt made).
-- Without an attempt a delivery is handed back untouched, or has expired before it could be tried.
-- Only the holder of the lease may settle; returns {now, ids settled in vain...}.
local P, provider, token = KEYS[1], ARGV[1], ARGV[2]
local retention, pause = tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local health = P .. 'provider:' .. provider
local answer = {now}

for i = 0, tonumber(ARGV[5]) - 1 do
  local b = 6 + i * 8
  local id, state, due, counted = ARGV[b], ARGV[b + 1], ARGV[b + 2], tonumber(ARGV[b + 3])
  local outcome, reason, detail, attempt = ARGV[b + 4], ARGV[b + 5], ARGV[b + 6], ARGV[b + 7]
  local delivery = P .. 'delivery:' .. id
  if redis.call('HGET', delivery, 'lease') ~= token then
    answer[#answer + 1] = id
  else
    redis.call('ZREM', P .. 'leased:' .. provider, id)
    redis.call('HDEL', delivery, 'lease')
    if attempt ~= '' then
      redis.call('RPUSH', P .. 'attempts:' .. id, '{"at":' .. now .. ',' .. attempt)
      redis.call('LTRIM', P .. 'attempts:' .. id, -200, -1)
      redis.call('HINCRBY', health, outcome, 1)
      redis.call('HSETNX', delivery, 'first', now)
      redis.call('HSET', delivery, 'last', now, 'reason', reason, 'detail', detail)
      redis.call('HINCRBY', delivery, 'attempts', counted)
      redis.call('HINCRBY', delivery, 'tries', 1)
    elseif state == 'expired' then
      redis.call('HSET', delivery, 'last', now, 'reason', reason, 'detail', detail)
    else
      -- Handed back untouched: what it was before it was claimed.
      state = redis.call('HEXISTS', delivery, 'first') == 1 and 'retry' or 'queued'
    end
    redis.call('HSET', delivery, 'state', state)
    if state == 'retry' or state == 'queued' then
      redis.call('ZADD', P .. 'due:' .. provider, math.max(tonumber(due), now), id)
    elseif state == 'sent' then
      finish(P, delivery, retention)
    else
      redis.call('ZADD', P .. 'desk', now, id)
    end
  end
end

if pause == 0 then
  redis.call('HDEL', health, 'failures', 'resume_at')
elseif pause > 0 then
  redis.call('HINCRBY', health, 'failures', 1)
  redis.call('HSET', health, 'resume_at', now + pause)
end
return answer
