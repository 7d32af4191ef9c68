namespace HighPerf.Kafka.Producing;

/// <summary>The executor's work item that compresses a sealed batch. While it is queued or runs, the batch is its own.</summary>
internal sealed class BatchCompressor : IThreadPoolWorkItem
{
    private readonly ProduceBatch _batch;

    public BatchCompressor(ProduceBatch batch) => _batch = batch;

    public void Execute()
    {
        ProducerEngine engine = _batch.Engine;
        try
        {
            _batch.Compress(engine.Codec!, engine.CompressionLevel);
        }
        catch (Exception)
        {
            // Out of memory, most likely. The records are whole, and no reader needs them compressed.
            _batch.SealUncompressed();
        }

        _batch.Queue.Compressed(_batch);
    }
}
