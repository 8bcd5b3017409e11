-- Has its recipient had enough? Stands in front of plan. Keys (see plan.lua, too):
--   P guard:<who>              hash  count: deliveries to them in this window; window: its end (ms), which names it. Gone at its end
--   P held:<who>:<window>      hash  what was held back from them in it, until they are told: count since until (ms), and
--                                    envelope number: the first one without its text, and which of its recipients they are
--   P held                     zset  <who>:<window> -> when they are to be told (ms)
--   P flood                    zset  delivery id -> when it was held back (ms); until an operator decides on it, or the retention is over

-- Counts a delivery for each of its recipients. Held back it is where all of them have had enough: whoever hasn't would
-- lose it because of the others.
local function too_many(P, now, did, whom, limit, window, envelope)
  local over, all = true, {}
  for who in whom:gmatch('%S+') do
    local guard = P .. 'guard:' .. who
    local count = redis.call('HINCRBY', guard, 'count', 1)
    if count == 1 then
      redis.call('HSET', guard, 'window', now + window)
      redis.call('PEXPIRE', guard, window)
    end
    over = over and count > limit
    all[#all + 1] = who .. ':' .. redis.call('HGET', guard, 'window')
  end
  if not over then return false end
  for number, member in ipairs(all) do
    local held = P .. 'held:' .. member
    if redis.call('HINCRBY', held, 'count', 1) == 1 then
      redis.call('HSET', held, 'since', now, 'envelope', envelope, 'number', number - 1)
      redis.call('ZADD', P .. 'held', now + redis.call('PTTL', P .. 'guard:' .. member:match('^[^:]+')), member)
    end
    redis.call('HSET', held, 'until', now)
  end
  redis.call('ZADD', P .. 'flood', now, did)
  return true
end
