select day, amount from sales where day >= %(start)s and day < %(end)s
