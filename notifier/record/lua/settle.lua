-- Settle a batch of attempts at one provider. Keys: see plan.lua.
-- ARGV: provider token retention(ms) health ('' | well | failed | busy) pause(ms) failures(at the claim) count, then for
--   each:
--   id state due(ms, for retry, queued and home: retry by whom it was planned for) counted outcome reason detail attempt(JSON without "at", '' = no attempt made)
--   messages (what the provider calls its parts, with blanks between; - : it has no name for that one, or didn't take it).
-- Without an attempt a delivery is handed back untouched, or its time was over before it could be tried (again).
-- Only the holder of the lease may settle, and say how the provider fares; returns {now, ids settled in vain...}.
local P, provider, token = KEYS[1], ARGV[1], ARGV[2]
local retention, count = tonumber(ARGV[3]), tonumber(ARGV[7])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local health = P .. 'provider:' .. provider
local answer = {now}
-- Of those that say something against the provider the latest: what an operator wants to know of an open circuit.
local why = ''

for i = 0, count - 1 do
  local b = 8 + i * 9
  local id, state, due, counted = ARGV[b], ARGV[b + 1], ARGV[b + 2], tonumber(ARGV[b + 3])
  local outcome, reason, detail, attempt = ARGV[b + 4], ARGV[b + 5], ARGV[b + 6], ARGV[b + 7]
  local delivery = P .. 'delivery:' .. id
  if redis.call('HGET', delivery, 'lease') ~= token then
    answer[#answer + 1] = id
  else
    redis.call('ZREM', P .. 'leased:' .. provider, id)
    redis.call('HDEL', delivery, 'lease')
    if attempt ~= '' then
      tried(P, delivery, id, now, attempt)
      redis.call('HINCRBY', health, outcome, 1)
      if outcome ~= 'accepted' and outcome ~= 'rejected' then why = reason .. ': ' .. detail end
      redis.call('HSETNX', delivery, 'first', now)
      redis.call('HSET', delivery, 'last', now, 'reason', reason, 'detail', detail)
      redis.call('HINCRBY', delivery, 'attempts', counted)
      redis.call('HINCRBY', delivery, 'tries', 1)
      -- Also of what was taken in part only: those parts are out there.
      local part = 0
      for message in string.gmatch(ARGV[b + 8], '%S+') do
        part = part + 1
        if message ~= '-' then name_message(P, message, id, part, retention, now) end
      end
    elseif state == 'expired' or state == 'dead' then
      too_late(delivery, now, reason, detail)
    else
      -- Handed back untouched: what it was before it was claimed.
      state = redis.call('HEXISTS', delivery, 'first') == 1 and 'retry' or 'queued'
    end
    local to = provider
    if state == 'home' then
      local channel, name = unpack(redis.call('HMGET', delivery, 'channel', 'name'))
      state, to = 'retry', home_of(channel, name, provider)
      go_home(delivery, to)
      redis.call('HSET', delivery, 'refused_by', provider)
    end
    redis.call('HSET', delivery, 'state', state)
    if state == 'retry' or state == 'queued' then
      redis.call('ZADD', P .. 'due:' .. to, math.max(tonumber(due), now), id)
    elseif state == 'sent' then
      finish(P, delivery, retention)
    else
      redis.call('ZADD', P .. 'desk', now, id)
    end
  end
end

-- Whoever lost all its leases saw a provider of long ago.
if #answer - 1 == count then return answer end

local word, pause, seen = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local state, failures, resume_at = circuit(P, provider, now)
if word == 'well' then
  -- What was under way when the circuit opened doesn't close it: only a probe does.
  if state == 'ok' or (failures > 0 and seen > 0) then
    redis.call('HSET', health, 'answered_at', now)
    redis.call('HDEL', health, 'failures', 'resume_at', 'why')
  end
elseif word == 'failed' and state ~= 'open' then
  -- Several workers that meet the same failure count once.
  redis.call('HINCRBY', health, 'failures', 1)
  redis.call('HSET', health, 'why', why)
  redis.call('HSET', health, 'resume_at', math.max(now + pause, resume_at))
  redis.call('HDEL', health, 'answered_at')
elseif word == 'busy' then
  if seen > 0 then redis.call('HDEL', health, 'failures') end
  redis.call('HSET', health, 'why', why)
  redis.call('HSET', health, 'resume_at', math.max(now + pause, resume_at))
  redis.call('HDEL', health, 'answered_at')
end
return answer
