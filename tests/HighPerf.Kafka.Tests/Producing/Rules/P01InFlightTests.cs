using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>P1: at most 5 unacknowledged batches per partition; a retried batch carries the identical records and sequence numbers.</summary>
public sealed class P01InFlightTests
{
    [Fact]
    public void P1_at_most_five_batches_are_unacknowledged_and_each_answer_lets_one_more_out()
    {
        // A broker that reads on while it does not answer: only so does it see all that is in flight.
        Simulation simulation = new(1);
        ScriptedCluster cluster = new(simulation, 1);
        cluster.AddTopic("t");
        List<(ScriptedConnection Connection, ScriptedRequest Request)> unanswered = [];
        bool answers = true;
        cluster.Before = (connection, request) =>
        {
            if (request.ApiKey == ApiKey.InitProducerId)
            {
                connection.Answer(request, new InitProducerIdResponse { ProducerId = 1, ProducerEpoch = 0 });
            }
            else if (request.ApiKey == ApiKey.Produce && answers)
            {
                ProduceAnswers.Answer(connection, request, ErrorCode.None);
            }
            else if (request.ApiKey == ApiKey.Produce)
            {
                unanswered.Add((connection, request));
            }

            return request.ApiKey is ApiKey.InitProducerId or ApiKey.Produce;
        };
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            await using KafkaProducer<string, string> producer = client.CreateProducer<string, string>();
            await producer.SendAsync("t", "k", "warm");
            answers = false;
            List<Task> sends = [];
            for (int i = 0; i < 20; i++)
            {
                sends.Add(producer.SendAsync("t", "k", $"{i}").AsTask());
                await simulation.Delay(TimeSpan.FromMilliseconds(10));
            }

            Assert.Equal(5, unanswered.Count);
            Assert.Equal([1, 2, 3, 4, 5], unanswered.Select(one => ProduceAnswers.HeaderOf(one.Request).BaseSequence));
            LoopCall.Post(cluster.Brokers[0].Loop, () => ProduceAnswers.Answer(unanswered[0].Connection, unanswered[0].Request, ErrorCode.None));
            await simulation.Delay(TimeSpan.FromMilliseconds(10));
            Assert.Equal(6, unanswered.Count);
            Assert.Equal((6, 15), (ProduceAnswers.HeaderOf(unanswered[5].Request).BaseSequence, ProduceAnswers.HeaderOf(unanswered[5].Request).RecordCount));
            answers = true;
            LoopCall.Post(
                cluster.Brokers[0].Loop,
                () => unanswered.Skip(1).ToList().ForEach(one => ProduceAnswers.Answer(one.Connection, one.Request, ErrorCode.None)));
            await Task.WhenAll(sends);
        });
    }

    [Fact]
    public void P1_a_retried_batch_is_the_same_bytes_and_is_written_once() => new ProducerWorld().Run(async world =>
    {
        await world.Send("a");
        world.Faults.LoseAnswer(RequestMatch.Of(ApiKey.Produce).Once());
        await world.Send("b");
        List<SentBatch> batches = world.Batches();
        Assert.Equal(["0/0 a None", "0/1 b -", "0/1 b None"], world.Seen());
        Assert.Equal(batches[1].Bytes, batches[2].Bytes);
        Assert.NotEqual(batches[1].Request.Connection, batches[2].Request.Connection);
        Assert.Equal(["a", "b"], world.LogValues());
    });

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Lz4)]
    public void P1_all_batches_in_flight_are_sent_again_the_same_and_in_order(CompressionType compression) =>
        new ProducerWorld(new ProducerOptions { Compression = compression }).Run(async world =>
        {
            await world.Send("warm");
            world.Faults.LoseAnswer(RequestMatch.Of(ApiKey.Produce).Once());
            await world.SendAll([.. Enumerable.Range(0, 40).Select(i => $"v{i}")]);
            Dictionary<int, string> first = [];
            foreach (SentBatch batch in world.Batches())
            {
                Assert.Equal(0, batch.Header.ProducerEpoch);
                Assert.Equal(batch.Bytes, first.GetValueOrDefault(batch.Header.BaseSequence, batch.Bytes));
                first[batch.Header.BaseSequence] = batch.Bytes;
            }

            Assert.Equal(["warm", .. Enumerable.Range(0, 40).Select(i => $"v{i}")], world.LogValues());
        });
}
