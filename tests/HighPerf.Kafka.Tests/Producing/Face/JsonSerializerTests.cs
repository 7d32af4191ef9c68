using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace HighPerf.Kafka.Tests.Producing.Face;

public sealed class JsonSerializerTests
{
    [Fact]
    public void A_value_is_the_JSON_of_its_contract_and_null_is_null()
    {
        FaceWorld world = new();
        world.Run<string, FaceOrder?>(
            new ProducerOptions(),
            async producer =>
            {
                await producer.SendAsync(FaceWorld.Topic, "k", new FaceOrder("a", 3, new FaceOrder("ä", 0)));
                await producer.SendAsync(FaceWorld.Topic, "k", null);
                List<LoggedRecord> log = world.Records(0);
                Assert.Equal("""{"Id":"a","Count":3,"Next":{"Id":"\u00E4","Count":0,"Next":null}}""", Encoding.UTF8.GetString(log[0].Value!));
                Assert.Null(log[1].Value);
            },
            null,
            Serializers.Json<FaceOrder?>(FaceJson.Default.FaceOrder!));
    }

    [Fact]
    public void The_options_of_the_contract_count()
    {
        FaceJson context = new(new JsonSerializerOptions
        {
            WriteIndented = true, IndentSize = 1, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase, MaxDepth = 3,
        });
        ISerializer<FaceOrder> serializer = Serializers.Json(context.FaceOrder);
        FaceOrder order = new("ä<", 3);
        Assert.Equal(JsonSerializer.Serialize(order, context.FaceOrder), Write(serializer, order));
        Assert.Equal("{\n \"id\": \"ä<\",\n \"count\": 3,\n \"next\": null\n}", Write(serializer, order));
        FaceOrder deep = new("1", 1, new FaceOrder("2", 2, new FaceOrder("3", 3, new FaceOrder("4", 4))));
        Assert.Throws<JsonException>(() => Write(serializer, deep));
        Assert.Equal(order, Serializers.JsonReader(context.FaceOrder).Deserialize(Encoding.UTF8.GetBytes(Write(serializer, order)), isNull: false));
    }

    [Fact]
    public void A_value_that_fails_in_the_middle_sends_nothing_and_the_next_is_whole()
    {
        FaceWorld world = new();
        world.Run<string, FaceCount>(
            new ProducerOptions(),
            async producer =>
            {
                await producer.SendAsync(FaceWorld.Topic, "k", new FaceCount(1));
                KafkaSerializationException e = await Assert.ThrowsAsync<KafkaSerializationException>(
                    () => producer.SendAsync(FaceWorld.Topic, "k", new FaceCount(-1)).AsTask());
                Assert.IsType<FormatException>(e.InnerException);
                await producer.SendAsync(FaceWorld.Topic, "k", new FaceCount(2));
                Assert.Equal(["[1]", "[2]"], world.Records(0).Select(static r => Encoding.UTF8.GetString(r.Value!)));
            },
            null,
            Serializers.Json(FaceJson.Default.FaceCount));
    }

    [Fact]
    public void Many_threads_share_one()
    {
        ISerializer<FaceOrder> serializer = Serializers.Json(FaceJson.Default.FaceOrder);
        Parallel.For(0, 2000, i => Assert.Equal($$"""{"Id":"{{i}}","Count":{{i}},"Next":null}""", Write(serializer, new FaceOrder($"{i}", i))));
    }

    private static string Write<T>(ISerializer<T> serializer, T value)
    {
        ArrayBufferWriter<byte> bytes = new();
        serializer.Serialize(value, bytes);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
