-- Orders of a customer. With the merchant in the index its conditions are all that row-level security asks for; without it, a
-- plan made for a small shop joined it with an index of the merchant, and read all orders of a large shop for each customer.
CREATE INDEX "order_customer_id_merchant_id_placed_at_id_idx" ON "order"("customer_id", "merchant_id", "placed_at" DESC, "id" DESC);
DROP INDEX "order_customer_id_placed_at_id_idx";
