using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace HighPerf.Kafka.Extensions;

/// <summary>
/// Puts the client and its producers into a container. What is registered is a singleton, made when it is first asked for and disposed with the
/// container. Consumers are made
/// by the service that reads, from the client: a consumer has one reader.
/// </summary>
public static class KafkaServiceCollectionExtensions
{
    /// <summary>
    /// Registers a <see cref="KafkaClient"/>, unless one is registered. The container's loggers and clock are used where the options name none.
    /// </summary>
    /// <param name="services">The container's services.</param>
    /// <param name="options">Makes the options, with the container's services if it likes.</param>
    public static IServiceCollection AddKafka(this IServiceCollection services, Func<IServiceProvider, KafkaClientOptions> options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        services.TryAddSingleton(provider =>
        {
            KafkaClientOptions made = options(provider);
            made.LoggerFactory ??= provider.GetService<ILoggerFactory>();
            made.TimeProvider ??= provider.GetService<TimeProvider>();
            return new KafkaClient(made);
        });
        return services;
    }

    /// <summary>Registers a <see cref="KafkaProducer{TKey, TValue}"/> of the registered client. Disposing the container delivers what was accepted.</summary>
    /// <param name="services">The container's services.</param>
    /// <param name="options">How the producer works; null for the defaults.</param>
    public static IServiceCollection AddKafkaProducer<TKey, TValue>(this IServiceCollection services, ProducerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(provider => provider.GetRequiredService<KafkaClient>().CreateProducer(
            options, provider.GetService<ISerializer<TKey>>(), provider.GetService<ISerializer<TValue>>()));
        return services;
    }
}
