select day, amount from sales where day >= :date_from and day < :date_to
