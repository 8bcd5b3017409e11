-- How a provider's circuit stands. Stands in front of the scripts that ask (claim, settle, bell, divert, glance).
-- Keys: see plan.lua.  What opens and closes it: settle.lua.

-- Its state (the words of notifier.circuit.State), failures in a row, resume_at, and when it last answered.
local function circuit(P, provider, now)
  local row = redis.call('HMGET', P .. 'provider:' .. provider, 'failures', 'resume_at', 'answered_at')
  local failures, resume_at, answered_at = tonumber(row[1] or '0'), tonumber(row[2] or '0'), tonumber(row[3] or '0')
  local state = 'ok'
  if failures > 0 then
    state = resume_at > now and 'open' or 'half-open'
  elseif resume_at > now then
    state = 'throttled'
  end
  return state, failures, resume_at, answered_at
end

-- Deliveries that somebody is trying there.
local function under_way(P, provider, now)
  return redis.call('ZCOUNT', P .. 'leased:' .. provider, '(' .. now, '+inf')
end
