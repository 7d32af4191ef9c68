using HighPerf.Kafka.Cli.Wire;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

public sealed class RandomMessageTests
{
    private const int Seeds = 6;

    public static TheoryData<string> Names => [.. MessageCatalog.All.ToArray().Select(static message => message.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_random_message_is_read_as_it_was_written_in_every_version(string name)
    {
        MessageDescriptor descriptor = MessageCatalog.Find(name)!;
        for (short version = descriptor.MinVersion; version <= descriptor.MaxVersion; version++)
        {
            for (int seed = 0; seed < Seeds; seed++)
            {
                IKafkaMessage message = RandomMessage.Create(descriptor, version, seed);
                string bytes = MessageVectorTests.EncodeToHex(message, version);

                IKafkaMessage read = MessageVectorTests.Decode(descriptor, version, Convert.FromHexString(bytes));

                MessageVectorTests.AssertJson(MessageVectorTests.ToJson(descriptor, message, version), MessageVectorTests.ToJson(descriptor, read, version));
                Assert.Equal(bytes, MessageVectorTests.EncodeToHex(read, version));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Versions_outside_the_range_are_refused_both_ways(string name)
    {
        MessageDescriptor descriptor = MessageCatalog.Find(name)!;
        foreach (short version in new[] { (short)(descriptor.MinVersion - 1), (short)(descriptor.MaxVersion + 1), short.MinValue, short.MaxValue })
        {
            KafkaProtocolException read = Assert.Throws<KafkaProtocolException>(() =>
            {
                KafkaReader reader = new(new byte[100]);
                descriptor.Read(ref reader, version);
            });
            KafkaException written = Assert.Throws<KafkaException>(() => { descriptor.Create().GetSize(version); });

            Assert.All(new[] { read.Message, written.Message }, text => Assert.Contains($"{name} has no version {version}", text));
        }
    }

    [Fact]
    public void Random_messages_vary()
    {
        string[] texts =
        [
            .. Enumerable.Range(0, 50).Select(static seed => MessageVectorTests.ToJson(
                MetadataResponse.Descriptor, RandomMessage.Create<MetadataResponse>(9, seed), 9).GetRawText()),
        ];

        Assert.True(texts.Distinct().Count() > 45);
        Assert.Contains(texts, static text => text.Contains("null", StringComparison.Ordinal));
    }
}
