namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using Confluent.Kafka;
using HighPerf.Kafka.Interop.Tests.Scenarios;

/// <summary>A scenario that Confluent.Kafka's admin client plays.</summary>
internal static class AdminScenario
{
    public static Task RunAsync(Func<Scenario, ConfluentClients, IAdminClient, Task> story)
    {
        ConfluentLibrary.Require();
        return Scenario.RunAsync(async scenario =>
        {
            ConfluentClients clients = new(scenario.BootstrapServers, scenario.Log);
            using IAdminClient admin = clients.CreateAdmin();
            await story(scenario, clients, admin);
        });
    }
}
