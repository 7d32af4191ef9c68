using System.Text.Json;
using HighPerf.Kafka.Interop.Tests.Peers;

namespace HighPerf.Kafka.Interop.Tests.Scenarios;

/// <summary>Groups of python3-kafka. Its producer and consumer are in the end-to-end tests.</summary>
public sealed class PythonGroupTests
{
    [SkippableTheory]
    [InlineData("range")]
    [InlineData("roundrobin")]
    public Task Members_join_and_leave_and_every_record_is_read_once(string assignor) => PythonScenario.RunAsync(async scenario =>
    {
        await scenario.CreateTopicAsync("a", 3);
        await scenario.CreateTopicAsync("b", 3);

        using JsonDocument seen = await PythonScenario.PlayAsync(scenario, "python_groups.py", assignor);
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
}
