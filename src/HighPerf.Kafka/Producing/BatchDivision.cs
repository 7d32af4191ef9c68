using System.Runtime.ExceptionServices;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// Makes parts of a batch: two halves of one that is too large (KIP-126), or the records that are left when those that the broker blames are taken out
/// (KIP-467). Their bytes are made by the executor, which may have to decompress and compress; meanwhile the batch counts as in flight. Who waits for the
/// records goes over to the parts on the loop: until then the time of the batch may run out.
/// </summary>
internal sealed class BatchDivision : IThreadPoolWorkItem
{
    private readonly bool[] _refused; // by the record's number; empty: none is

    public BatchDivision(ProduceBatch whole, bool isTooLarge)
    {
        Whole = whole;
        IsTooLarge = isTooLarge;
        _refused = isTooLarge ? [] : new bool[whole.RecordCount];
        foreach (RefusedRecord record in isTooLarge ? [] : whole.RefusedRecords!)
        {
            _refused[record.Index] = true;
        }
    }

    public ProduceBatch Whole { get; }

    /// <summary>Whether each record keeps its number; else the batch's numbers are released.</summary>
    public bool IsTooLarge { get; }

    public List<ProduceBatch> Parts { get; } = []; // owner: the work item, then the loop

    /// <summary>Why there are no parts; null: they are there.</summary>
    public Exception? Error { get; private set; } // written by the work item before the loop is told

    public void Execute()
    {
        ProducerEngine engine = Whole.Engine;
        try
        {
            using BatchSplitter splitter = new(engine.Buffers, engine.Codecs);
            splitter.Open(Whole.Segments, Whole.Sealed);
            MakeParts(engine, splitter);
        }
        catch (Exception e)
        {
            // Out of memory, most likely. The records fail then, each once.
            Error = e;
        }

        LoopCall.Post(engine.Loop, () => engine.Divided(this));
    }

    /// <summary>The parts are not needed. Owner: the loop.</summary>
    public void DiscardParts()
    {
        foreach (ProduceBatch part in Parts)
        {
            part.PassMemoryOn(); // it stayed with the whole
            part.Discard();
        }
    }

    /// <summary>Gives each part the waiters of its records, and the whole those of the refused ones. Owner: the loop.</summary>
    public void ShareWaiters()
    {
        int[] starts = new int[Parts.Count + 1];
        for (int i = 0; i < Parts.Count; i++)
        {
            starts[i + 1] = starts[i] + Parts[i].RecordCount;
        }

        Dictionary<int, ExceptionDispatchInfo> errors = Errors();
        int part = 0;
        int gone = 0; // refused records before the present one
        int next = 0; // the first record that was not looked at for that
        foreach (AckRange range in Whole.Acks.TakeRanges())
        {
            for (int slot = range.First; slot < range.First + range.Count; slot++)
            {
                int root = range.Block.IndexOf(slot);
                int index = root - range.FirstIndex;
                for (; next < index; next++)
                {
                    gone += IsRefused(next) ? 1 : 0;
                }

                if (IsRefused(index))
                {
                    Whole.Acks.Add(new AckRange(range.Block, slot, 1, root, errors[index]));
                    continue;
                }

                int kept = index - gone;
                while (kept >= starts[part + 1])
                {
                    part++;
                }

                Parts[part].Acks.Add(new AckRange(range.Block, slot, 1, root - (kept - starts[part])));
            }
        }
    }

    private bool IsRefused(int index) => _refused.Length > 0 && _refused[index];

    private Dictionary<int, ExceptionDispatchInfo> Errors()
    {
        Dictionary<int, ExceptionDispatchInfo> errors = [];
        if (!IsTooLarge && Whole.Acks.Count > 0)
        {
            foreach (RefusedRecord record in Whole.RefusedRecords!)
            {
                errors[record.Index] = ExceptionDispatchInfo.Capture(ProduceErrors.RefusedRecord(Whole, record));
            }
        }

        return errors;
    }

    private void MakeParts(ProducerEngine engine, BatchSplitter splitter)
    {
        using PooledBuffer bytes = new(engine.Buffers);
        CompressionCodec? codec = Whole.Sealed.Compression == CompressionType.None ? null : engine.Codec;
        if (!IsTooLarge)
        {
            if (_refused.Contains(false))
            {
                MakePart(splitter.Copy(0, _refused.Length, _refused, codec, engine.CompressionLevel, bytes), Whole.Reserved);
            }

            return;
        }

        int first = splitter.CountOfFirstHalf();
        long half = Whole.Reserved / 2;
        MakePart(splitter.Copy(0, first, default, codec, engine.CompressionLevel, bytes), half);
        MakePart(splitter.Copy(first, Whole.RecordCount - first, default, codec, engine.CompressionLevel, bytes), Whole.Reserved - half);
    }

    private void MakePart(in SealedRecordBatch records, long reserved)
    {
        ProduceBatch part = Whole.Engine.TakeBatch();
        part.OpenPart(Whole, records, reserved);
        Parts.Add(part);
    }
}
