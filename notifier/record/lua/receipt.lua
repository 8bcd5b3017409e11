-- Receipts of messages that a provider took. Stands in front of the scripts that note them (settle, join). Keys: see plan.lua.

-- Note one with its delivery; said twice it is noted once. rest: JSON without "at", "part" and the brace in front.
local function note_receipt(P, id, part, rest, now)
  local receipts = P .. 'receipts:' .. id
  local said = ',"part":' .. part .. ',' .. rest
  for _, known in ipairs(redis.call('LRANGE', receipts, 0, -1)) do
    if string.sub(known, -#said) == said then return end
  end
  redis.call('RPUSH', receipts, '{"at":' .. now .. said)
  redis.call('LTRIM', receipts, -200, -1)
  -- With its delivery it goes: where that is final already, nothing else would set its time.
  local left = redis.call('PTTL', P .. 'delivery:' .. id)
  if left >= 0 then redis.call('PEXPIRE', receipts, left) end
end

-- A provider's name for one part of a delivery: receipts that came before the answer was settled are joined now.
local function name_message(P, message, id, part, retention, now)
  redis.call('SET', P .. 'message:' .. message, part .. ' ' .. id, 'PX', retention)
  local early = P .. 'early:' .. message
  for _, rest in ipairs(redis.call('LRANGE', early, 0, -1)) do note_receipt(P, id, part, rest, now) end
  redis.call('UNLINK', early)
end
