/// A module as `shaku::module!` makes it, with the port of each component named beside it.
///
/// `module!` writes the port as a projection of the component. To tell two such implementations
/// apart, the compiler proves all their dependencies again, which takes minutes for a list of this
/// length; with the ports named it takes seconds.
macro_rules! wire {
    (
        components { $($field:ident: $component:ident => dyn $port:ident),+ $(,)? }
        gateways { $($gateway:ident),+ $(,)? }
        handlers { $($handler:ident),+ $(,)? }
        jobs { $($job:ident),+ $(,)? }
        $($part:ident: dyn $module:ident { $($from_part:ident),+ $(,)? })+
    ) => {
        pub struct AppModule {
            $($field: Arc<dyn $port>,)+
            gateways: HashMap<ProviderName, Arc<dyn PaymentGateway>>,
            handlers: Vec<Arc<dyn EventHandler>>,
            jobs: Vec<Arc<dyn Job>>,
            $($part: Arc<dyn $module>,)+
        }

        impl AppModule {
            pub fn builder($($part: Arc<dyn $module>),+) -> ModuleBuilder<Self> {
                ModuleBuilder::with_submodules(($($part),+))
            }
        }

        impl Module for AppModule {
            type Submodules = ($(Arc<dyn $module>),+);

            fn build(mut context: ModuleBuildContext<Self>) -> Self {
                let ($($part),+) = context.submodules();
                $(let $part = Arc::clone($part);)+
                Self {
                    $($field: context.build_component::<$component>(),)+
                    gateways: Self::build_component_map(&mut context),
                    handlers: <Self as HasComponents<dyn EventHandler>>::build_components(&mut context),
                    jobs: <Self as HasComponents<dyn Job>>::build_components(&mut context),
                    $($part,)+
                }
            }
        }

        $(
            impl HasComponent<dyn $port> for AppModule {
                fn build_component(context: &mut ModuleBuildContext<Self>) -> Arc<dyn $port> {
                    context.build_component::<$component>()
                }

                fn resolve(&self) -> Arc<dyn $port> {
                    Arc::clone(&self.$field)
                }

                fn resolve_ref(&self) -> &dyn $port {
                    &*self.$field
                }
            }
        )+

        impl HasComponentMap<ProviderName, dyn PaymentGateway> for AppModule {
            fn build_component_map(
                context: &mut ModuleBuildContext<Self>,
            ) -> HashMap<ProviderName, Arc<dyn PaymentGateway>> {
                let mut all: HashMap<ProviderName, Arc<dyn PaymentGateway>> = HashMap::new();
                $(
                    let provider = <$gateway as Keyed>::KEY;
                    let gateway = context.build_component::<$gateway>();
                    all.insert(provider, infra_payments::counted(provider, gateway));
                )+
                all
            }

            fn resolve_map(&self) -> &HashMap<ProviderName, Arc<dyn PaymentGateway>> {
                &self.gateways
            }
        }

        impl HasComponents<dyn EventHandler> for AppModule {
            fn build_components(
                context: &mut ModuleBuildContext<Self>,
            ) -> Vec<Arc<dyn EventHandler>> {
                vec![$(context.build_component::<$handler>()),+]
            }

            fn resolve_all(&self) -> &[Arc<dyn EventHandler>] {
                &self.handlers
            }
        }

        impl HasComponents<dyn Job> for AppModule {
            fn build_components(context: &mut ModuleBuildContext<Self>) -> Vec<Arc<dyn Job>> {
                vec![$(context.build_component::<$job>()),+]
            }

            fn resolve_all(&self) -> &[Arc<dyn Job>] {
                &self.jobs
            }
        }

        $(wire!(@part $part: $($from_part)+);)+
    };
    (@part $part:ident: $($port:ident)+) => {
        $(
            impl HasComponent<dyn $port> for AppModule {
                fn build_component(context: &mut ModuleBuildContext<Self>) -> Arc<dyn $port> {
                    wire!(@take $part from context).resolve()
                }

                fn resolve(&self) -> Arc<dyn $port> {
                    self.$part.resolve()
                }

                fn resolve_ref(&self) -> &dyn $port {
                    self.$part.resolve_ref()
                }
            }
        )+
    };
    (@take messaging from $context:ident) => { $context.submodules().0 };
    (@take caching from $context:ident) => { $context.submodules().1 };
    (@take mail from $context:ident) => { $context.submodules().2 };
}
pub(crate) use wire;
