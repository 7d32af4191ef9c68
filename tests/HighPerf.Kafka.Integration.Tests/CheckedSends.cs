namespace HighPerf.Kafka.Integration.Tests;

/// <summary>
/// Sends numbered records of a few keys to one topic, keeps what each send was told, and compares that with what the topic holds. The sends of a key are made
/// in order and not awaited between, so that they share batches and requests.
/// </summary>
internal sealed class CheckedSends(KafkaClient client, string topic) : IAsyncDisposable
{
    private const int Keys = 7;

    private readonly List<KafkaProducer<string?, string?>> _producers = [];
    private readonly List<Task<RecordMetadata>> _sends = [];
    private readonly List<KafkaProduceException> _failed = [];
    private int _awaited;

    /// <summary>The failures among the sends that were awaited, in their order.</summary>
    public IReadOnlyList<KafkaProduceException> Failed => _failed;

    /// <summary>Goes on with a producer of other options.</summary>
    public void UseProducer(ProducerOptions options) => _producers.Add(client.CreateProducer<string?, string?>(options));

    /// <summary>Sends so many records without waiting for acknowledgements; some of them in the middle of others.</summary>
    public async Task SendAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            int number = _sends.Count;
            _sends.Add(_producers[^1].SendAsync(topic, $"{number % Keys}", Value(number)).AsTask());
            if (i % 10 == 9)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>Waits for the oldest send that was not awaited.</summary>
    public async Task OneAsync()
    {
        try
        {
            await _sends[_awaited];
        }
        catch (KafkaProduceException e)
        {
            _failed.Add(e);
        }

        _awaited++;
    }

    /// <summary>Waits for all of them.</summary>
    public async Task AllAsync()
    {
        while (_awaited < _sends.Count)
        {
            await OneAsync();
        }
    }

    /// <summary>Everything acknowledged is there once and where it was said to be; what is not written is not there; each key is in order.</summary>
    public void Check(List<ConsumedRecord<string?, string?>>[] log)
    {
        Assert.Equal(_sends.Count, _awaited);
        Dictionary<int, (int Partition, long Offset)> found = [];
        int[] last = [.. Enumerable.Repeat(-1, Keys)];
        foreach (ConsumedRecord<string?, string?> record in log.SelectMany(static partition => partition))
        {
            int number = int.Parse(record.Value!.AsSpan(0, record.Value!.IndexOf(' ')));
            Assert.Equal(($"{number % Keys}", Value(number)), (record.Key, record.Value));
            Assert.True(found.TryAdd(number, (record.Partition, record.Offset)), $"record {number} is there twice");
            Assert.True(last[number % Keys] < number, $"record {number} stands behind {last[number % Keys]}");
            last[number % Keys] = number;
        }

        for (int number = 0; number < _sends.Count; number++)
        {
            bool isThere = found.TryGetValue(number, out (int Partition, long Offset) at);
            if (_sends[number].IsCompletedSuccessfully)
            {
                RecordMetadata told = _sends[number].Result;
                Assert.True(isThere, $"record {number} was acknowledged and is not there");
                Assert.Equal((at.Partition, true), (told.Partition, told.Offset < 0 || told.Offset == at.Offset));
            }
            else
            {
                KafkaProduceException failed = Assert.IsType<KafkaProduceException>(_sends[number].Exception!.InnerException);
                Assert.False(isThere && failed.Outcome == DeliveryOutcome.NotWritten, $"record {number} is there and was told as not written");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (KafkaProducer<string?, string?> producer in _producers)
        {
            await producer.DisposeAsync();
        }
    }

    private static string Value(int number) => $"{number} {new string((char)('a' + (number % 26)), number * 37 % 1500)}";
}
