-- One more attempt of a delivery. Stands in front of the scripts that end attempts (settle, reclaim). Keys: see plan.lua.
-- Most have one: it needs no list. words: JSON without "at" and the brace in front.
local function tried(P, delivery, id, now, words)
  local list, text = P .. 'attempts:' .. id, '{"at":' .. now .. ',' .. words
  if redis.call('EXISTS', list) == 1 or redis.call('HSETNX', delivery, 'attempt', text) == 0 then
    redis.call('RPUSH', list, text)
    redis.call('LTRIM', list, -1000, -1)
  end
end
