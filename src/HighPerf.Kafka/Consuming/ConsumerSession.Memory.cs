using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming.Fetching;

namespace HighPerf.Kafka.Consuming;

/// <summary>What is held of received bytes: whole answers, as long as a part of one is in use, and what was decompressed from them. Any thread.</summary>
internal sealed partial class ConsumerSession
{
    private long _bufferedBytes; // any thread, interlocked
    private int _starved; // any thread, interlocked: whether the loop left partitions out for want of room

    /// <summary>What was received or decompressed, and not given back yet.</summary>
    public long BufferedBytes => Interlocked.Read(ref _bufferedBytes);

    /// <summary>Keeps an answer beyond the call that brings it. The caller releases it.</summary>
    public FetchedAnswer Keep(in ResponseBody body)
    {
        SharedBuffer buffer = body.Detach(out int offset, out int length);
        return new FetchedAnswer(this, buffer, offset, length);
    }

    /// <summary>Bytes are held now.</summary>
    public void Hold(int bytes) => Interlocked.Add(ref _bufferedBytes, bytes);

    /// <summary>Bytes are not held any more.</summary>
    public void GiveBack(int bytes)
    {
        Interlocked.Add(ref _bufferedBytes, -bytes);
        TellRoom();
    }

    /// <summary>A part of an answer is not used any more.</summary>
    public void Returned(FetchedPartition fetched)
    {
        _fetchedPool.Return(fetched);
        TellRoom();
    }

    private void TellRoom()
    {
        if (Volatile.Read(ref _starved) != 0 && Interlocked.Exchange(ref _starved, 0) != 0)
        {
            Loop.Post(_makeRoom);
        }
    }
}
