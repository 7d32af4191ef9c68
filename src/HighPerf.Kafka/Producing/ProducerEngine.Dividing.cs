namespace HighPerf.Kafka.Producing;

/// <content>Batches that go on as parts of themselves, on the loop.</content>
internal sealed partial class ProducerEngine
{
    /// <summary>The parts of a batch are made, or could not be.</summary>
    public void Divided(BatchDivision division)
    {
        ProduceBatch whole = division.Whole;
        PartitionQueue queue = whole.Queue;
        whole.IsDividing = false;
        if (division.Error is not null || whole.IsExpired)
        {
            queue.Delivery.GiveUp(whole);
            if (!whole.IsExpired)
            {
                whole.Fail(ProduceErrors.NotDivided(whole, division.Error!));
            }

            division.DiscardParts();
        }
        else
        {
            division.ShareWaiters();
            queue.Delivery.Replace(whole, division.Parts, keepNumbers: division.IsTooLarge);
            if (division.Parts.Count > 0)
            {
                whole.PassMemoryOn();
            }

            whole.Dissolve();
        }

        whole.ReleaseBytes();
        Route(queue);
    }

    private void BeginDividing(ProduceBatch batch, bool isTooLarge)
    {
        batch.IsDividing = true;
        if (isTooLarge)
        {
            batch.Queue.LimitBatches(batch.Length / 2);
        }

        Executor.Queue(new BatchDivision(batch, isTooLarge));
    }
}
