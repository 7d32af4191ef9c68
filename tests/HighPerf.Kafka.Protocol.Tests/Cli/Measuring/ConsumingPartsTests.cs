using HighPerf.Kafka.Cli.Measuring.Committing;
using HighPerf.Kafka.Cli.Measuring.Consuming;

namespace HighPerf.Kafka.Protocol.Tests.Cli.Measuring;

/// <summary>What counts and sums in the benches that read.</summary>
public sealed class ConsumingPartsTests
{
    [Fact]
    public void No_byte_can_be_left_out_of_a_sum()
    {
        for (int length = 0; length < 100; length++)
        {
            byte[] bytes = [.. Enumerable.Range(1, length).Select(static n => (byte)n)];
            BytesSeen sum = ByteSum.Of(bytes);
            Assert.Equal(length, sum.Length);
            for (int i = 0; i < length; i++)
            {
                bytes[i] ^= 0x80;
                Assert.NotEqual(sum, ByteSum.Of(bytes));
                bytes[i] ^= 0x80;
            }
        }
    }

    [Fact]
    public void A_sum_is_the_same_on_every_machine()
    {
        byte[] bytes = [.. Enumerable.Range(0, 37).Select(static n => (byte)(n * 7))];
        ulong expected = 0;
        for (int i = 0; i < bytes.Length; i += 8)
        {
            byte[] word = new byte[8];
            bytes.AsSpan(i, Math.Min(8, bytes.Length - i)).CopyTo(word);
            expected += BitConverter.ToUInt64(word);
        }

        Assert.Equal(expected, ByteSum.Of(bytes).Sum);
    }

    [Fact]
    public void A_checksum_does_not_depend_on_the_order_of_records_and_does_on_which_bytes_are_keys()
    {
        RecordTally one = new();
        one.Add("a"u8, "xyz"u8);
        one.Add("b"u8, "uvw"u8);
        RecordTally other = new();
        other.Add("b"u8, "uvw"u8);
        other.Add("a"u8, "xyz"u8);
        RecordTally swapped = new();
        swapped.Add("xyz"u8, "a"u8);
        swapped.Add("b"u8, "uvw"u8);
        Assert.Equal((2, 8, one.Checksum), (other.Records, other.Bytes, other.Checksum));
        Assert.NotEqual(one.Checksum, swapped.Checksum);
    }

    [Fact]
    public void Only_records_of_the_own_run_come_back()
    {
        RoundTripTally mine = new(1);
        RoundTripTally others = new(2);
        byte[] value = new byte[RoundTripTally.StampSize];
        mine.Expect(1);
        others.Stamp(value, TimeProvider.System.GetTimestamp());
        mine.Add(value);
        mine.Add("too short"u8);
        Assert.False(mine.WhenAll.IsCompleted);
        mine.Stamp(value, TimeProvider.System.GetTimestamp());
        mine.Add(value);
        Assert.Equal((1, true), (mine.Seen, mine.WhenAll.IsCompleted));
        Assert.True(mine.Latency.Max > 0);
    }

    [Fact]
    public void Commits_that_were_with_the_broker_together_are_seen_in_its_log()
    {
        CommitTraffic traffic = new();
        traffic.Add("10:00:00.000 #4 hpk > 1 OffsetCommit v9 t-0 t-1 and 62 more 900B < 800B 2.4ms");
        traffic.Add("10:00:00.001 #4 hpk > 1 Heartbeat v4 30B < 6B 2.4ms");
        traffic.Add("10:00:00.002 #4 hpk > 1 OffsetCommit v9 t-0 100B < 80B 2.1ms");
        Assert.Equal((2, 1, 0), (traffic.Requests, traffic.MostAtOnce, traffic.Refused));
        traffic.Add("10:00:00.003 #4 hpk > 1 OffsetCommit v9 t-0 100B < 80B 5ms");
        traffic.Add("10:00:00.004 #4 hpk > 1 OffsetCommit v9 t-0 100B < 80B 5ms t-0:RebalanceInProgress");
        Assert.Equal((4, 2, 1), (traffic.Requests, traffic.MostAtOnce, traffic.Refused));
    }
}
