-- A delivery's time was over before it could be tried (again). Stands in front of the scripts that say so (settle, overdue).
-- Keys: see plan.lua.

-- What the provider said last is kept: it tells why the time wasn't enough.
local function too_late(delivery, now, reason, detail)
  if redis.call('HEXISTS', delivery, 'first') == 1 then
    detail = detail .. '; the last answer was: ' .. (redis.call('HGET', delivery, 'detail') or '')
  end
  redis.call('HSET', delivery, 'last', now, 'reason', reason, 'detail', detail)
end
