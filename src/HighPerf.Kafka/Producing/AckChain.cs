namespace HighPerf.Kafka.Producing;

/// <summary>The slots of one batch: a chain of blocks. Owner: as the batch's.</summary>
internal struct AckChain
{
    private AckBlock? _first;
    private AckBlock? _last;

    /// <summary>The number of slots.</summary>
    public int Count { get; private set; }

    /// <summary>Takes a slot for a record. Under the queue's lock.</summary>
    public void Add(ProducerEngine engine, PartitionQueue queue, int index, long timestamp, ref AckRequest request)
    {
        AckBlock? block = _last;
        if (block is null || block.IsFull)
        {
            block = engine.TakeAckBlock(queue);
            if (_last is null)
            {
                _first = block;
            }
            else
            {
                _last.Next = block;
            }

            _last = block;
        }

        block.Add(index, timestamp, ref request);
        Count++;
    }

    /// <summary>Tells every slot, and forgets them. From an executor work item.</summary>
    public void Tell(in BatchResult result)
    {
        AckBlock? block = _first;
        int left = Count;
        _first = null;
        _last = null;
        Count = 0;
        while (left > 0)
        {
            // Once told a block may be used again, so the way on is read first.
            AckBlock? next = block!.Next;
            int count = Math.Min(left, AckBlock.Size);
            block.Tell(0, count, 0, result);
            left -= count;
            block = next;
        }
    }
}
