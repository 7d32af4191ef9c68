namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using Confluent.Kafka;
using HighPerf.Kafka.Interop.Tests.EndToEnd;
using HighPerf.Kafka.Interop.Tests.Peers;
using HighPerf.Kafka.Interop.Tests.Scenarios;

/// <summary>Confluent.Kafka's idempotent producer.</summary>
public sealed class IdempotentProducerTests
{
    private const string Topic = "idempotent";

    public static TheoryData<CompressionType> Codecs => [.. Enum.GetValues<CompressionType>()];

    [SkippableTheory]
    [MemberData(nameof(Codecs))]
    public async Task Every_record_stands_once_and_in_order_with_its_headers(CompressionType codec)
    {
        ConfluentLibrary.Require();
        await Scenario.RunAsync(async scenario =>
        {
            ConfluentClients clients = new(scenario.BootstrapServers, scenario.Log);
            await scenario.CreateTopicAsync(Topic, 2);
            List<PeerRecord> records = Payloads.All();

            using (IProducer<byte[]?, byte[]?> producer = clients.CreateProducer(config =>
            {
                config.CompressionType = codec;
                config.MessageMaxBytes = 16 * 1024 * 1024;
            }))
            {
                await ConfluentRecords.SendAsync(producer, Topic, records, scenario.Limit);
            }

            PeerRecord.AssertEqual(records, ConfluentRecords.ReadAll(clients, Topic, 2, scenario.Limit));
        });
    }
}
