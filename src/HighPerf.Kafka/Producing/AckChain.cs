namespace HighPerf.Kafka.Producing;

/// <summary>
/// The slots of one batch: a chain of blocks; or ranges of such a chain, when the batch is a part of another or was divided itself. Owner: as the batch's.
/// </summary>
internal struct AckChain
{
    private AckBlock? _first;
    private AckBlock? _last;
    private List<AckRange>? _ranges; // null while the whole chain is the batch's

    /// <summary>The number of slots.</summary>
    public int Count { get; private set; }

    /// <summary>The memory of the slots, in bytes; blocks are shared where batches were divided.</summary>
    public readonly long Bytes => (long)Count * AckBlock.Bytes / AckBlock.Size;

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

    /// <summary>Takes slots of another batch, of which this one is a part, behind those that it has.</summary>
    public void Add(in AckRange range)
    {
        _ranges ??= [];
        Count += range.Count;
        if (_ranges.Count > 0 && _ranges[^1] is { } last && last.Block == range.Block && last.First + last.Count == range.First
            && last.FirstIndex == range.FirstIndex && last.Error == range.Error)
        {
            _ranges[^1] = last with { Count = last.Count + range.Count };
            return;
        }

        _ranges.Add(range);
    }

    /// <summary>Gives all slots away.</summary>
    public List<AckRange> TakeRanges()
    {
        List<AckRange> ranges = _ranges ?? [];
        int left = _ranges is null ? Count : 0;
        for (AckBlock? block = _first; left > 0; block = block!.Next)
        {
            int count = Math.Min(left, AckBlock.Size);
            ranges.Add(new AckRange(block!, 0, count, 0));
            left -= count;
        }

        this = default;
        return ranges;
    }

    /// <summary>Tells every slot, and forgets them. From an executor work item.</summary>
    public void Tell(in BatchResult result)
    {
        AckBlock? block = _first;
        List<AckRange>? ranges = _ranges;
        int left = ranges is null ? Count : 0;
        this = default;
        if (ranges is not null)
        {
            foreach (AckRange range in ranges)
            {
                range.Block.Tell(range.First, range.Count, range.FirstIndex, range.Error is null ? result : new BatchResult(-1, -1, range.Error));
            }
        }

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
