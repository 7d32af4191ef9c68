using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>
/// Of every record that was accepted with a delivery handler there is one report, in the end, whatever happens to its batch; and it says what the log says.
/// </summary>
public sealed class ReportTests
{
    private const int Records = 60;

    /// <summary>What goes wrong, by name.</summary>
    public static TheoryData<string> Troubles =>
        ["nothing", "too large", "one too large", "blamed", "refused", "lost answer", "lost request", "out of order", "expired", "broker gone", "nonsense"];

    [Theory]
    [MemberData(nameof(Troubles))]
    public void P6_every_record_is_reported_once_and_as_it_is(string trouble) => new ProducerWorld(Options())
    {
        TopicSettings = new Dictionary<string, string>
        {
            ["max.message.bytes"] = trouble is "too large" or "one too large" ? "700" : "100000",
            ["cleanup.policy"] = trouble == "blamed" ? "compact" : "delete",
        },
    }.Run(async world =>
    {
        ReportLedger ledger = new();
        await world.Send("warm", key: "k");
        Begin(world, trouble);
        for (int i = 0; i < Records; i++)
        {
            string? key = trouble == "blamed" && i % 5 == 2 ? null : $"k{i}";
            ProduceRecord<string?, string> record = new(ProducerWorld.Topic, key, Value(trouble, i)) { Partition = 0 };
            await world.Producer.EnqueueAsync(record, ledger, record.Value);
            if (i % 9 == 0)
            {
                await world.Delay(0.011);
            }
        }

        await world.Producer.FlushAsync();
        if (trouble == "broker gone")
        {
            await world.Cluster.StartBrokerAsync(1);
        }

        world.Faults.Clear();
        world.Cluster.Model.Interceptor = null;
        await world.Send("last", key: "k");
        Check(world, ledger, trouble);
    });

    private static ProducerOptions Options() => new()
    {
        Linger = TimeSpan.FromMilliseconds(10), DeliveryTimeout = TimeSpan.FromSeconds(3), RequestTimeout = TimeSpan.FromSeconds(1),
    };

    private static void Begin(ProducerWorld world, string trouble)
    {
        RequestMatch second = RequestMatch.Of(ApiKey.Produce).Nth(2);
        switch (trouble)
        {
            case "refused":
                world.Faults.Fail(second, ErrorCode.TopicAuthorizationFailed);
                break;
            case "lost answer":
                world.Faults.LoseAnswer(second);
                break;
            case "lost request":
                world.Faults.LoseRequest(second);
                break;
            case "out of order":
                world.Faults.Fail(second, ErrorCode.NotEnoughReplicas);
                break;
            case "expired":
                world.Faults.Fail(RequestMatch.Of(ApiKey.Produce) with { Skip = 1 }, ErrorCode.NotEnoughReplicas);
                break;
            case "broker gone":
                _ = world.Cluster.KillBrokerAsync(1);
                break;
            case "nonsense":
                world.Change(new AnswerChange(ApiKey.Produce, 2, null, static (_, frame) => frame[..^3]));
                break;
        }
    }

    private static string Value(string trouble, int number) => $"{number:d3} {new string('x', trouble == "one too large" && number == 30 ? 2000 : 40)}";

    private static void Check(ProducerWorld world, ReportLedger ledger, string trouble)
    {
        Dictionary<string, long> log = world.Log().ToDictionary(record => record.Value, record => record.Offset);
        int failed = 0;
        for (int i = 0; i < Records; i++)
        {
            string value = Value(trouble, i);
            DeliveryReport report = ledger[value];
            bool isWritten = log.TryGetValue(value, out long offset);
            if (report.IsDelivered)
            {
                Assert.True(isWritten, $"'{value}' was reported as delivered and is not in the log");
                Assert.True(report.Metadata.Offset < 0 || report.Metadata.Offset == offset);
                continue;
            }

            failed++;
            KafkaProduceException error = Assert.IsType<KafkaProduceException>(report.Error);
            Assert.True(error.Outcome != DeliveryOutcome.NotWritten || !isWritten, $"'{value}' is in the log: {error.Message}");
        }

        int? expected = trouble switch
        {
            "nothing" or "too large" or "lost answer" or "lost request" or "out of order" or "nonsense" => 0,
            "one too large" => 1,
            "blamed" => 12,
            _ => null,
        };
        Assert.Equal(expected ?? failed, failed);
        Assert.True(expected is not null || failed > 0);
        long[] order = [.. Enumerable.Range(0, Records).Select(i => Value(trouble, i)).Where(log.ContainsKey).Select(value => log[value])];
        Assert.Equal(order.Order(), order);
    }
}
