using System.Text.Json;
using HighPerf.Kafka.Interop.Tests.Peers;

namespace HighPerf.Kafka.Interop.Tests.Scenarios;

/// <summary>python3-kafka: groups and the admin client. Its producer and consumer are in the end-to-end tests.</summary>
public sealed class PythonTests
{
    [SkippableTheory]
    [InlineData("range")]
    [InlineData("roundrobin")]
    public Task Members_join_and_leave_and_every_record_is_read_once(string assignor) => RunAsync(async scenario =>
    {
        await scenario.Cluster.CreateTopicAsync("a", 3, scenario.Limit);
        await scenario.Cluster.CreateTopicAsync("b", 3, scenario.Limit);

        using JsonDocument seen = await RunAsync(scenario, "python_groups.py", assignor);
        JsonElement root = seen.RootElement;

        // Range shares each topic out by itself.
        int[] two = assignor == "range" ? [4, 2] : [3, 3];
        int[][] expected = [[6], two, [2, 2, 2], two];
        Assert.Equal(expected, root.GetProperty("steps").EnumerateArray().Select(
            static step => step.EnumerateObject().Select(static member => member.Value.GetString()!.Split(' ').Length).OrderDescending().ToArray()));
        Assert.Equal((120, 120), (root.GetProperty("read").GetInt32(), root.GetProperty("distinct").GetInt32()));
        Assert.Equal(("Stable", assignor), (root.GetProperty("state").GetString(), root.GetProperty("protocol").GetString()));
        Assert.Equal(["A", "C"], root.GetProperty("members").EnumerateArray().Select(static member => member.GetString()));
        Assert.True(root.GetProperty("listed").GetBoolean());
        Assert.Equal("Empty", root.GetProperty("left").GetString());
        Assert.Equal(
            "{\"a0\": 20, \"a1\": 20, \"a2\": 20, \"b0\": 20, \"b1\": 20, \"b2\": 20}", root.GetProperty("committed").GetRawText());
    });

    [SkippableFact]
    public Task The_admin_client_does_what_it_can() => RunAsync(async scenario =>
    {
        using JsonDocument seen = await RunAsync(scenario, "python_admin.py");
        (string Name, string Value)[] expected =
        [
            ("brokers", "[1, 2, 3]"), ("taken", "\"TopicAlreadyExistsError\""), ("topics", "[\"small\", \"wide\"]"),
            ("partitions", "[[1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3]]"), ("retention", "\"1234\""), ("altered", "\"4321\""),
            ("ends", "[0, 5]"), ("time", "2"), ("late", "null"), ("values", "\"0 1 2 3 4\""), ("committed", "5"), ("groups", "[\"g\"]"),
            ("deleted", "[\"NoError\"]"), ("after", "[]"), ("gone", "\"UnknownTopicOrPartitionError\""), ("left", "[\"wide\"]"),
        ];
        Assert.Equal(expected, seen.RootElement.EnumerateObject().Select(static property => (property.Name, property.Value.GetRawText())));
    });

    private static Task RunAsync(Func<Scenario, Task> story)
    {
        PythonKafka.Require();
        return Scenario.RunAsync(story);
    }

    private static async Task<JsonDocument> RunAsync(Scenario scenario, string script, params string[] arguments)
    {
        ToolResult result = await PythonKafka.RunScriptAsync(script, [scenario.BootstrapServers, .. arguments]);
        foreach (string line in result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            scenario.Log.Add("python", line);
        }

        return JsonDocument.Parse(result.AssertSucceeded().Output);
    }
}
