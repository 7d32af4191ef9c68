using System.Text.Json;
using HighPerf.Kafka.Interop.Tests.Peers;

namespace HighPerf.Kafka.Interop.Tests.Scenarios;

/// <summary>A scenario that a script on python3-kafka plays.</summary>
internal static class PythonScenario
{
    public static Task RunAsync(Func<Scenario, Task> story)
    {
        PythonKafka.Require();
        return Scenario.RunAsync(story);
    }

    /// <summary>What the script prints; what it logs goes to the scenario's log.</summary>
    public static async Task<JsonDocument> PlayAsync(Scenario scenario, string script, params string[] arguments)
    {
        ToolResult result = await PythonKafka.RunScriptAsync(script, [scenario.BootstrapServers, .. arguments]);
        foreach (string line in result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            scenario.Log.Add("python", line);
        }

        return JsonDocument.Parse(result.AssertSucceeded().Output);
    }
}
