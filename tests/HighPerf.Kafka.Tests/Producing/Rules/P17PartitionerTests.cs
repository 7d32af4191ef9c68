namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>P17: murmur2 partitioning is bit-compatible with the Java client; a null key is not hashed, an empty key is.</summary>
public sealed class P17PartitionerTests
{
    /// <summary>Hashes as the Java client's own tests state them.</summary>
    public static TheoryData<string, int> Golden => new()
    {
        { "21", -973932308 },
        { "foobar", -790332482 },
        { "a-little-bit-long-string", -985981536 },
        { "a-little-bit-longer-string", -1486304829 },
        { "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971 },
        { "abc", 479470107 },
        { "", 275646681 },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void P17_a_key_goes_to_the_partition_that_the_Java_client_chooses(string key, int hash) => new ProducerWorld { Partitions = 12 }.Run(async world =>
    {
        RecordMetadata told = await world.Send("v", key, partition: -1);
        int expected = (hash & int.MaxValue) % 12;
        Assert.Equal(expected, told.Partition);
        Assert.Equal([key], Assert.Single(world.Batches(expected)).Keys);
    });

    [Fact]
    public void P17_null_keys_stick_to_one_partition_and_are_not_hashed() =>
        new ProducerWorld(new ProducerOptions { Linger = TimeSpan.FromMilliseconds(10) }) { Partitions = 12 }.Run(async world =>
        {
            HashSet<int> chosen = [];
            for (int round = 0; round < 10; round++)
            {
                RecordMetadata[] told = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => world.Send($"{round} {i}", key: null, partition: -1)));
                Assert.Single(told.Select(t => t.Partition).Distinct());
                chosen.Add(told[0].Partition);
                Assert.Equal([null, null, null, null, null], world.Batches(told[0].Partition)[^1].Keys);
                for (int i = 0; i < 40; i++)
                {
                    await world.Send($"fill {round} {i} {new string('x', 16_000)}", key: null, partition: -1);
                }
            }

            Assert.True(chosen.Count > 1, "the sticky partition changes with what was sent");
        });
}
