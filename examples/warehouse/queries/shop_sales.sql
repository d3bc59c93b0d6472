-- One row a shop and day. Types that the extract keeps as they are: docs/warehouse.md.
select day,
       shop,
       extract(isodow from day)::int as weekday,
       on_offer,
       degrees::double precision as degrees,
       pieces
  from sales
 where day >= :date_from
   and day < :date_to
