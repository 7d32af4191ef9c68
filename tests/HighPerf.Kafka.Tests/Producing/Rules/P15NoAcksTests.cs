using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>P15: acks=0 has no response; the broker closes the connection on an error; nobody waits for one.</summary>
public sealed class P15NoAcksTests
{
    private static ProducerOptions Options => new() { Acks = Acks.None };

    [Fact]
    public void P15_nobody_waits_for_an_answer() => new ProducerWorld(Options).Run(async world =>
    {
        world.Faults.Delay(ApiKey.Produce, TimeSpan.FromSeconds(60));
        TimeSpan before = world.Simulation.Now;
        Assert.Equal(-1, (await world.Send("a")).Offset);
        await world.SendAll("b", "c");
        await world.Producer.FlushAsync();
        Assert.True(world.Simulation.Now - before < TimeSpan.FromSeconds(1));
        await world.Delay(300);
        Assert.Equal(["a", "b", "c"], world.LogValues());
        Assert.All(world.Cluster.Requests.Snapshot(ApiKey.Produce), request => Assert.Equal(RequestOutcome.Unanswered, request.Outcome));
    });

    [Fact]
    public void P15_what_was_sent_is_there_when_the_producer_is_closed() => new ProducerWorld(Options) { Partitions = 3 }.Run(async world =>
    {
        await world.Send("warm");
        world.Faults.Delay(ApiKey.Produce, TimeSpan.FromMilliseconds(300));
        Task[] sending = [.. Enumerable.Range(0, 60).Select(i => world.Send($"{i}", partition: i % 3))];
        await world.Producer.DisposeAsync();
        Assert.All(sending, one => Assert.True(one.IsCompletedSuccessfully));
        Assert.Equal(61, Enumerable.Range(0, 3).Sum(p => world.Log(p).Count));
    });

    [Fact]
    public void P15_closing_does_not_wait_long_for_a_broker_that_does_not_say_that_it_has_everything() => new ProducerWorld(Options).Run(async world =>
    {
        await world.Send("warm");
        world.Faults.Delay(ApiKey.Produce, TimeSpan.FromMinutes(5));
        await world.Send("a");
        TimeSpan before = world.Simulation.Now;
        await world.Producer.DisposeAsync();
        Assert.InRange(world.Simulation.Now - before, TimeSpan.Zero, TimeSpan.FromSeconds(5.5));
        world.ForgetWritten();
    });

    [Fact]
    public void P15_a_connection_that_the_broker_closes_over_an_error_is_made_again() => new ProducerWorld(Options).Run(async world =>
    {
        await world.Send("a");
        await world.Delay(1);
        world.Faults.Fail(RequestMatch.Of(ApiKey.Produce).Once(), ErrorCode.NotLeaderOrFollower);
        await world.Send("lost");
        world.ForgetWritten(); // what was handed over and refused is gone: that is what acks 0 means
        await world.Delay(1);
        await world.Send("b");
        await world.Delay(1);
        Assert.Equal(["a", "b"], world.LogValues());
        Assert.Equal(2, world.Batches().Select(batch => batch.Request.Connection).Distinct().Count());
    });

    [Fact]
    public void P15_a_broker_that_answers_all_the_same_as_librdkafkas_mock_does_keeps_its_connection()
    {
        Simulation simulation = new(1);
        ScriptedCluster cluster = new(simulation, 1);
        cluster.AddTopic("t");
        int produced = 0;
        cluster.Before = (connection, request) =>
        {
            if (request.ApiKey != ApiKey.Produce)
            {
                return false;
            }

            produced++;
            Assert.Equal(0, request.Message<ProduceRequest>().Acks);
            ProduceAnswers.Answer(connection, request, ErrorCode.None);
            return true;
        };
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            await using KafkaProducer<string, string> producer = client.CreateProducer<string, string>(Options);
            for (int i = 0; i < 20; i++)
            {
                await producer.SendAsync("t", "k", $"{i}");
                await simulation.Delay(TimeSpan.FromMilliseconds(100));
            }

            Assert.Equal(20, produced);
            Assert.Single(cluster.Brokers[0].Connections, connection => connection.Requests.Exists(request => request.ApiKey == ApiKey.Produce));
        });
    }
}
