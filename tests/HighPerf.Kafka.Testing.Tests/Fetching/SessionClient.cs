using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Fetching;

/// <summary>Fetches in one session, partition by partition of the topics given; counts the epochs as a client does.</summary>
internal sealed class SessionClient
{
    private readonly RawClient _client;
    private readonly short _version;

    public SessionClient(RawClient client, short version = 12)
    {
        _client = client;
        _version = version;
    }

    public int Id { get; set; }

    public int Epoch { get; set; }

    public RawClient Raw => _client;

    public static FetchRequest.FetchPartition At(int partition, long offset, int maxBytes = 1 << 20) =>
        new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = maxBytes };

    /// <summary>A request of this session in its present epoch for partitions of one topic.</summary>
    public FetchRequest Request(string topic, FetchRequest.FetchPartition[] asks, Guid id = default, int maxWaitMs = 0, int maxBytes = 1 << 20)
    {
        FetchRequest request = new() { MaxWaitMs = maxWaitMs, MinBytes = 1, MaxBytes = maxBytes, SessionId = Id, SessionEpoch = Epoch };
        if (asks.Length > 0)
        {
            request.Topics.Add(new FetchRequest.FetchTopic { Topic = topic, TopicId = id, Partitions = [.. asks] });
        }

        return request;
    }

    /// <summary>Sends the request and goes on to the next epoch when it is answered well.</summary>
    public async Task<FetchResponse> SendAsync(FetchRequest request)
    {
        FetchResponse response = await _client.CallAsync(request, _version);
        if (response.ErrorCode == 0)
        {
            Epoch = response.SessionId == 0 ? 0 : Epoch + 1;
            Id = response.SessionId;
        }

        return response;
    }

    public Task<FetchResponse> FetchAsync(string topic, params FetchRequest.FetchPartition[] asks) => SendAsync(Request(topic, asks));

    /// <summary>What an answer names: partition, number of record bytes, high watermark.</summary>
    public static IEnumerable<(int Partition, int Bytes, long HighWatermark)> Told(FetchResponse response) => response.Responses
        .SelectMany(topic => topic.Partitions)
        .Select(partition => (partition.PartitionIndex, partition.Records!.Length, partition.HighWatermark));
}
