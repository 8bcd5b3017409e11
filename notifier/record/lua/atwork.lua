-- How a bell is marked whose work has begun. Stands in front of the scripts that tell them apart (bell, enter, keep).
local AT_WORK = '*'
