-- A page of the log of some types reads the first events of each type, however far apart they are.
CREATE INDEX "event_merchant_id_type_sequence_idx" ON "event"("merchant_id", "type", "sequence");
