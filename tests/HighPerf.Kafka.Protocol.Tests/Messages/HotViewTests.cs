using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Messages.Hot;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

/// <summary>The views read what the generated types write.</summary>
public sealed class HotViewTests
{
    private const int Seeds = 80;

    [Fact]
    public void A_fetch_response_is_seen_in_every_version() => ForAll<FetchResponse>((response, version, body) =>
        Assert.Equal(HotDescription.Of(response, version), HotDescription.OfFetchView(body, version)));

    [Fact]
    public void A_produce_response_is_seen_in_every_version() => ForAll<ProduceResponse>((response, version, body) =>
        Assert.Equal(HotDescription.Of(response, version), HotDescription.OfProduceView(body, version)));

    [Fact]
    public void Partitions_that_nobody_asks_for_are_passed_over() => ForAll<FetchResponse>(static (response, version, body) =>
    {
        FetchResponseView view = new(body, version);
        int topics = 0;
        while (view.MoveNextTopic())
        {
            // Of every other topic the first partition alone is looked at, of the rest none.
            if (topics % 2 == 0 && view.MoveNextPartition())
            {
                Assert.Equal(response.Responses[topics].Partitions[0].PartitionIndex, view.Partition);
            }

            topics++;
        }

        Assert.Equal(response.Responses.Count, topics);
        Assert.False(view.MoveNextTopic());
        Assert.False(view.MoveNextPartition());
    });

    [Fact]
    public void The_throttle_time_is_found_without_walking() => ForAll<ProduceResponse>(static (response, version, body) =>
    {
        ProduceResponseView view = new(body, version);
        view.Finish();
        Assert.Equal(response.ThrottleTimeMs, view.ThrottleTimeMs);
    });

    [Fact]
    public void A_leader_that_is_known_to_be_another_is_seen()
    {
        FetchResponse.PartitionData partition = new()
        {
            CurrentLeader = new() { LeaderId = 5, LeaderEpoch = 6 },
            DivergingEpoch = new() { Epoch = 7, EndOffset = 8 },
            AbortedTransactions = null,
            Records = null,
        };
        FetchResponse response = new() { Responses = [new() { Partitions = [partition] }] };
        FetchResponseView view = new(Convert.FromHexString(MessageVectorTests.EncodeToHex(response, 16)), 16);

        Assert.True(view.MoveNextTopic() && view.MoveNextPartition());
        Assert.Equal((5, 6, 7, 8L), (view.CurrentLeaderId, view.CurrentLeaderEpoch, view.DivergingEpoch, view.DivergingEndOffset));
        Assert.Equal((0, 0), (view.AbortedCount, view.RecordsLength));
    }

    [Fact]
    public void Every_prefix_and_every_corrupt_byte_is_refused_or_read()
    {
        int refused = 0;
        ForAll<FetchResponse>((_, version, body) => refused += Damage(body, damaged => HotDescription.OfFetchView(damaged, version)), seeds: 3);
        ForAll<ProduceResponse>((_, version, body) => refused += Damage(body, damaged => HotDescription.OfProduceView(damaged, version)), seeds: 3);

        Assert.True(refused > 1000);
    }

    private static int Damage(byte[] body, Func<byte[], string> read)
    {
        int refused = 0;
        for (int at = 0; at < body.Length; at++)
        {
            byte[] corrupt = [.. body];
            corrupt[at] ^= (byte)(at % 2 == 0 ? 0xFF : 0x01);
            foreach (byte[] damaged in (byte[][])[body[..at], corrupt])
            {
                try
                {
                    read(damaged);
                }
                catch (KafkaProtocolException)
                {
                    refused++;
                }
            }
        }

        return refused;
    }

    private static void ForAll<T>(Action<T, short, byte[]> check, int seeds = Seeds)
        where T : class, IKafkaMessage<T>
    {
        for (short version = T.MinVersion; version <= T.MaxVersion; version++)
        {
            for (int seed = 0; seed < seeds; seed++)
            {
                T response = RandomMessage.Create<T>(version, seed);
                check(response, version, Convert.FromHexString(MessageVectorTests.EncodeToHex(response, version)));
            }
        }
    }
}
