using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Fetching;

/// <summary>
/// A client that follows KIP-227 to the letter: it tells the broker only what changes in its wishes and keeps what it was told of each partition.
/// </summary>
internal sealed class FetchSessionModel
{
    private readonly short _version;

    /// <summary>What is wanted: the offset of each partition.</summary>
    private readonly SortedDictionary<(string Topic, Guid Id, int Partition), long> _wanted = [];

    /// <summary>What the broker knows to be wanted.</summary>
    private readonly SortedDictionary<(string Topic, Guid Id, int Partition), long> _sent = [];

    public FetchSessionModel(short version) => _version = version;

    public int Id { get; private set; }

    public int Epoch { get; private set; }

    public IReadOnlyDictionary<(string Topic, Guid Id, int Partition), long> Wanted => _wanted;

    /// <summary>What was last told of each partition: all but its records.</summary>
    public Dictionary<(string Topic, Guid Id, int Partition), (ErrorCode Error, long HighWatermark, long LogStart)> Learned { get; } = [];

    /// <summary>The records of the latest answer.</summary>
    public Dictionary<(string Topic, Guid Id, int Partition), byte[]> Records { get; } = [];

    public void Want((string Topic, Guid Id, int Partition) partition, long offset) => _wanted[Key(partition)] = offset;

    public void Drop((string Topic, Guid Id, int Partition) partition) => _wanted.Remove(Key(partition));

    /// <summary>The next request of the session.</summary>
    public FetchRequest Next(int maxBytes)
    {
        FetchRequest request = new() { MaxBytes = maxBytes, MinBytes = 1, SessionId = Id, SessionEpoch = Epoch };
        foreach (((string, Guid, int) partition, long offset) in _wanted)
        {
            if (Epoch == 0 || !_sent.TryGetValue(partition, out long sent) || sent != offset)
            {
                Ask(request, partition, offset);
            }
        }

        foreach ((string Topic, Guid Id, int Partition) partition in Epoch == 0 ? [] : _sent.Keys.Where(partition => !_wanted.ContainsKey(partition)).ToArray())
        {
            request.ForgottenTopicsData.Add(new FetchRequest.ForgottenTopic
            {
                Topic = partition.Topic, TopicId = partition.Id, Partitions = [partition.Partition],
            });
            Learned.Remove(partition);
        }

        _sent.Clear();
        foreach (((string, Guid, int) partition, long offset) in _wanted)
        {
            _sent.Add(partition, offset);
        }

        return request;
    }

    /// <summary>The same wishes without a session.</summary>
    public FetchRequest Whole()
    {
        FetchRequest request = new() { MaxBytes = int.MaxValue, MinBytes = 1, SessionEpoch = -1 };
        foreach (((string, Guid, int) partition, long offset) in _wanted)
        {
            Ask(request, partition, offset);
        }

        return request;
    }

    /// <summary>Takes the answer of <see cref="Next"/>; false: the session is lost, and the next request begins another one.</summary>
    public bool Take(FetchResponse response)
    {
        Records.Clear();
        if (response.ErrorCode != 0)
        {
            Assert.Empty(response.Responses);
            Reset();
            return false;
        }

        if (Epoch == 0)
        {
            Learned.Clear();
        }

        foreach (((string, Guid, int) partition, FetchResponse.PartitionData data) in Parts(response))
        {
            Assert.True(_wanted.ContainsKey(partition), $"{partition} is not wanted");
            Learned[partition] = ((ErrorCode)data.ErrorCode, data.HighWatermark, data.LogStartOffset);
            Records.Add(partition, data.Records!);
        }

        Id = response.SessionId;
        Epoch = Id == 0 ? 0 : Epoch + 1;
        return true;
    }

    public IEnumerable<((string Topic, Guid Id, int Partition) Key, FetchResponse.PartitionData Data)> Parts(FetchResponse response) =>
        from topic in response.Responses
        from partition in topic.Partitions
        select ((topic.Topic, topic.TopicId, partition.PartitionIndex), partition);

    public void Reset()
    {
        Id = 0;
        Epoch = 0;
    }

    private static void Ask(FetchRequest request, (string Topic, Guid Id, int Partition) partition, long offset) => request.Topics.Add(
        new FetchRequest.FetchTopic { Topic = partition.Topic, TopicId = partition.Id, Partitions = [SessionClient.At(partition.Partition, offset)] });

    private (string Topic, Guid Id, int Partition) Key((string Topic, Guid Id, int Partition) partition) =>
        _version >= 13 ? ("", partition.Id, partition.Partition) : (partition.Topic, Guid.Empty, partition.Partition);
}
